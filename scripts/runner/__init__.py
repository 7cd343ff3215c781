"""The thin runner: it loads raw files, lets dbt build, and shows what came out."""
