"""The page of one template: its editor, what people would see, its versions, and who uses it."""
