"""What a person does with their own things: one entry in the journal each."""
