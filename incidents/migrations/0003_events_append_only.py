"""History is only ever added to; and what is updated often leaves room for it on its page."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION incidents_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION incidents_event_is_kept();
ALTER TABLE incidents_incident SET (fillfactor = 80);
"""
BACKWARD = """
DROP TRIGGER event_is_kept ON incidents_event;
DROP FUNCTION incidents_event_is_kept();
ALTER TABLE incidents_incident RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_reports")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
