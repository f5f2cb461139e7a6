"""Numbers that count anew each day without a row that every report would wait for.

A sequence never waits for another transaction. The first report of a day notes where the sequence
stood; the number is the distance from there. A number drawn before that note is drawn again.
"""

from django.db import migrations, models

FORWARD = """
CREATE SEQUENCE incidents_number_seq;
CREATE FUNCTION hotline_next_number() RETURNS varchar LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
    drawn bigint := nextval('incidents_number_seq');
    start bigint;
BEGIN
    SELECT before_first INTO start FROM incidents_numberday WHERE day = today;
    IF start IS NULL THEN
        INSERT INTO incidents_numberday (day, before_first) VALUES (today, drawn - 1)
            ON CONFLICT (day) DO NOTHING;
        SELECT before_first INTO start FROM incidents_numberday WHERE day = today;
    END IF;
    WHILE drawn <= start LOOP
        drawn := nextval('incidents_number_seq');
    END LOOP;
    RETURN to_char(today, 'YYYYMMDD') || '-' || lpad((drawn - start)::text, 6, '0');
END $$;
"""
BACKWARD = "DROP FUNCTION hotline_next_number(); DROP SEQUENCE incidents_number_seq;"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="NumberDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("before_first", models.BigIntegerField()),
            ],
            options={"ordering": ["day"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
