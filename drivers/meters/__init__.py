"""kWh meters: one generic meter, and one file of data for each model."""
