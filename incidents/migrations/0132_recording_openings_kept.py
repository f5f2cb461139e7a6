"""Who asked for a recording, and why, is only ever added to."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER recording_opening_is_kept BEFORE UPDATE OR DELETE ON incidents_recordingopening
    FOR EACH ROW EXECUTE FUNCTION incidents_is_kept();
"""
BACKWARD = "DROP TRIGGER recording_opening_is_kept ON incidents_recordingopening;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0131_recordings")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
