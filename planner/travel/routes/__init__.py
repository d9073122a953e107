"""Single trips with their lines and steps."""
