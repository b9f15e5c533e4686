"""The status API and the dashboard."""
