"""What is kept, and the ports through which it is reached."""
