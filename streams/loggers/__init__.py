"""Files of temperature loggers (温度记录仪): CSV and the text exports of Berlinger and Q-tag devices. Pure."""
