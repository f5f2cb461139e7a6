"""The millionth of a day gets seven digits: lpad cut them to six, and the number was there already.

No day of calls has so many; a day on which an old line's cases are taken over may.
"""

from importlib import import_module

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION hotline_next_number() RETURNS varchar LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
    drawn bigint := nextval('incidents_number_seq');
    start bigint;
    nth text;
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
    nth := (drawn - start)::text;
    RETURN to_char(today, 'YYYYMMDD') || '-' || lpad(nth, greatest(6, length(nth)), '0');
END $$;
"""
FORMER = import_module("incidents.migrations.0001_numbers").FORWARD.split(";", 1)[1]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0150_messages_of_places")]
    operations = [
        migrations.RunSQL(FORWARD, FORMER.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    ]
