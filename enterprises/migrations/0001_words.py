"""The words of a firm's name for searching: bigrams of Chinese, Latin words whole."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION hotline_firm_words(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('pg_catalog.simple', hotline_bigrams(name))
$$;
"""
BACKWARD = "DROP FUNCTION hotline_firm_words(text)"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0050_bigrams")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
