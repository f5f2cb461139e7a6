"""Words for searching Chinese: every two neighbouring characters of a run, Latin words whole.

The database cannot cut Chinese into words without an extension no distribution has; two characters
are what a search box is given most. The last character of a run stands alone as well, so that a
search for one character, which asks for words that begin with it, finds it at the end too.
"""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION hotline_bigrams(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(
        CASE WHEN run ~ '^[a-z0-9]' THEN run ELSE substr(run, i, 2) END, ' ' ORDER BY n, i), '')
    FROM regexp_matches(lower(normalize(coalesce(words, ''), NFKC)),
                        '[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]+', 'g')
             WITH ORDINALITY AS found (runs, n),
         LATERAL (SELECT runs[1] AS run) AS one,
         LATERAL generate_series(1, CASE WHEN run ~ '^[a-z0-9]' THEN 1 ELSE length(run) END) AS i
$$;
CREATE FUNCTION hotline_answer_words(
    question_zh text, question_en text, also_asked text, answer_zh text, answer_en text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('pg_catalog.simple', hotline_bigrams(
               question_zh || ' . ' || question_en || ' . ' || also_asked)), 'A')
        || setweight(to_tsvector('pg_catalog.simple', hotline_bigrams(
               answer_zh || ' . ' || answer_en)), 'D')
$$;
"""
BACKWARD = """
DROP FUNCTION hotline_answer_words(text, text, text, text, text);
DROP FUNCTION hotline_bigrams(text);
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0007_casework")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
