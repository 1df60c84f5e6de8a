from newsletter.views.answers import whole_link
from newsletter.views.archive import archive, issue
from newsletter.views.issue_files import issue_card_png, issue_json, issue_picture, issues_atom
from newsletter.views.leaving import leave, pause, reason, undo
from newsletter.views.preferences import mailed_link, preferences
from newsletter.views.provider_events import provider_events
from newsletter.views.signup import check_mail, confirm, confirm_again, refuse, subscribe
