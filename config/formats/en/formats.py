"""How admin writes days and times; Django looks here by FORMAT_MODULE_PATH."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, H:i e"
