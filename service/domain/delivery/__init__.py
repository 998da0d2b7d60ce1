"""What leaves the house: deliveries and their schedule, chat robots, and the cards they say."""
