"""Who decided about a comment, and what was said of a topic, is only ever added to."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION incidents_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER moderation_is_kept BEFORE UPDATE OR DELETE ON incidents_moderation
    FOR EACH ROW EXECUTE FUNCTION incidents_is_kept();
CREATE TRIGGER topic_post_is_kept BEFORE UPDATE OR DELETE ON incidents_topicpost
    FOR EACH ROW EXECUTE FUNCTION incidents_is_kept();
"""
BACKWARD = """
DROP TRIGGER topic_post_is_kept ON incidents_topicpost;
DROP TRIGGER moderation_is_kept ON incidents_moderation;
DROP FUNCTION incidents_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0110_voices")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
