"""From an empty draft to an approved issue: propose, send a test mail, check, approve."""
