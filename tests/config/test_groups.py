"""What the groups of a new site may do besides looking, as “Who may do what” in docs/editors.md."""

import pytest
from django.contrib.auth.models import Permission

WORDS = (
    "abouttext alias category citation formerslug person relation series seriesnote source term "
    "termseries upload"
)
ISSUES = "issue datapoint"


def all_of(models):
    return {f"{act}_{model}" for act in ("add", "change", "delete") for model in models.split()}


MAY = {
    "Editors": all_of(WORDS) | {"change_checkedaddress"},
    "Newsletter editors": all_of(ISSUES),
    "Publishers": all_of(ISSUES) | {"send_issue", "change_newsletter"},
    "Reader managers": {
        "import_subscriber", "export_list", "export_person", "erase_subscriber",
        "import_suppression", "export_suppression", "lift_suppression", "handle_mailevent",
    },
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", MAY)
def test_a_group_may_do_this_and_no_more(name):
    rights = Permission.objects.filter(group__name=name).exclude(codename__startswith="view_")
    assert set(rights.values_list("codename", flat=True)) == MAY[name]
