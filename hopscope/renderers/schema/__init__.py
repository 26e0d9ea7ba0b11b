"""The records that are written as JSON, CSV and Parquet; the JSON Schema is generated from them."""
