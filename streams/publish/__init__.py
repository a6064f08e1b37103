"""Files of a warehouse, hotline or team become messages: read, mapped, checked, sent."""
