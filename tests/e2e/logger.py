"""A logger's file of last year, made so that a test knows every value in it."""

import datetime

NAME = "logger-1"
TEMPERATURE = "logger-1/soil_temperature@0.1m"
HOURS = 60 * 24
START = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0) - datetime.timedelta(days=365)
WILD_HOUR = 60
"""Its temperature is 99 °C, which no soil has."""
HOUR = datetime.timedelta(hours=1)
WILD = START + WILD_HOUR * HOUR


def temperature(hour):
    """Degrees Celsius, as imported."""
    return 99.0 if hour == WILD_HOUR else round(10 + (hour % 24) / 10, 2)


def write(path):
    """As a METER ZL6 logger's portal gives it: local clock, one column a quantity."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("time_processed,p2_teros12_vwc_m3m3_10cm,p2_teros12_soil_temp_C_10cm\n")
        for hour in range(HOURS):
            file.write(f"{START + hour * HOUR:%Y-%m-%d %H:%M:%S},{0.2 + hour % 24 / 1000:.3f},{temperature(hour)}\n")
