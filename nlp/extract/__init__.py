"""Facts said in passing: amounts, dates, periods, counts, people, commitments; each with the words that say it."""
