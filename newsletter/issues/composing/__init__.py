"""From an empty draft to an approved issue: proposing, previewing, trying, checking, approving."""
