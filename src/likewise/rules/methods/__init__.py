"""The learners of rules, one file each."""
