"""Each event carries a hash over itself and the one before it, as `incidents.chain` describes."""

import django.db.models.deletion
from django.db import migrations, models

CANONICAL = """
convert_to(
    {e}.incident_id || E'\\n' || {e}.nth || E'\\n' || {e}.id || E'\\n'
    || (extract(epoch FROM {e}.at) * 1000000)::bigint || E'\\n' || {e}.step || E'\\n'
    || coalesce({e}.actor_id::text, '') || E'\\n' || {e}.from_status || E'\\n'
    || {e}.to_status || E'\\n' || {e}.data::text, 'UTF8')
"""
CHAIN_WHAT_IS_THERE = f"""
ALTER TABLE incidents_event DISABLE TRIGGER event_is_kept;
DO $$
DECLARE
    e incidents_event; former incidents_event;
BEGIN
    FOR e IN SELECT * FROM incidents_event ORDER BY incident_id, id LOOP
        IF former.incident_id IS DISTINCT FROM e.incident_id THEN former := NULL; END IF;
        e.nth := coalesce(former.nth, 0) + 1;
        e.hash := sha256(coalesce(former.hash, ''::bytea) || {CANONICAL.format(e="e")});
        UPDATE incidents_event SET nth = e.nth, hash = e.hash WHERE id = e.id;
        former := e;
    END LOOP;
END $$;
ALTER TABLE incidents_event ENABLE TRIGGER event_is_kept;
"""
# The newest event of the incident is seen even where the same statement has just inserted it. Two
# transactions that add to one incident at a time wait for its lock; who does without, is refused
# by the unique index.
CHAIN_WHAT_COMES = f"""
CREATE FUNCTION incidents_event_is_chained() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former_id bigint; former_nth integer; former_hash bytea;
BEGIN
    SELECT id, nth, hash INTO former_id, former_nth, former_hash FROM incidents_event
        WHERE incident_id = NEW.incident_id ORDER BY nth DESC LIMIT 1;
    IF former_id >= NEW.id THEN
        RAISE EXCEPTION 'events are append-only: % comes after %', NEW.id, former_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.nth := coalesce(former_nth, 0) + 1;
    NEW.hash := sha256(coalesce(former_hash, ''::bytea) || {CANONICAL.format(e="NEW")});
    RETURN NEW;
END $$;
CREATE TRIGGER event_is_chained BEFORE INSERT ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION incidents_event_is_chained();
CREATE TRIGGER events_are_not_emptied BEFORE TRUNCATE ON incidents_event
    EXECUTE FUNCTION incidents_event_is_kept();
"""
UNCHAIN = """
DROP TRIGGER event_is_chained ON incidents_event;
DROP TRIGGER events_are_not_emptied ON incidents_event;
DROP FUNCTION incidents_event_is_chained();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0031_plain_bytes_gone")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="hash",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="event",
            name="nth",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RunSQL(CHAIN_WHAT_IS_THERE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="event",
            name="incident",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="incidents.incident",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("incident", "nth"), name="event_nth"),
        ),
        migrations.RunSQL(CHAIN_WHAT_COMES, UNCHAIN),
    ]
