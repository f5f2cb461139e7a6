"""A dropped column's bytes stay in the table's file until it is written anew."""

from django.db import migrations


class Migration(migrations.Migration):
    # VACUUM runs in no transaction.
    atomic = False
    dependencies = [("incidents", "0030_identities_sealed")]
    operations = [migrations.RunSQL("VACUUM (FULL) incidents_complainant", migrations.RunSQL.noop)]
