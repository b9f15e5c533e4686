"""The command line, and the supervisor behind `copytaster up`."""
