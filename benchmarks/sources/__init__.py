"""False alarms and detection delays of source contracts on simulated calendars."""
