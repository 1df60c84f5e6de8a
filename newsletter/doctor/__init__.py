"""What `manage.py doctor` looks at outside this machine: DNS, the public address, arrived mail."""
