"""What masking of personal data is measured on: sentences written before the rules, one half never tuned on."""
