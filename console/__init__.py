"""The operator's desk: a Qt client that shows what the sending server does and asks it to do more."""
