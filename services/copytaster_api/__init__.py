"""The status API and the dashboard, over HTTP."""
