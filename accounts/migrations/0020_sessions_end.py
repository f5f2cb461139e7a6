"""A session ends with the rights it was opened with."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_administration"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="rights_version",
            field=models.BigIntegerField(db_default=1, default=1, editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="count_rights",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nNEW.rights_version = GREATEST(NEW.rights_version, OLD.rights_version\n    + ((NEW.password, NEW.role, NEW.unit_id, NEW.division_id, NEW.is_active, NEW.is_staff,\n        NEW.is_superuser)\n       IS DISTINCT FROM\n       (OLD.password, OLD.role, OLD.unit_id, OLD.division_id, OLD.is_active, OLD.is_staff,\n        OLD.is_superuser))::int);\nRETURN NEW;\n",
                    hash="d01c177d53f836b059f8538572966bc7d7681c41",
                    operation="UPDATE",
                    pgid="pgtrigger_count_rights_68eb7",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
    ]
