"""Every record that is written as JSON, CSV or Parquet, once; the JSON Schema is made from them."""
