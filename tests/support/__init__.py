"""What tests of several parts lean on."""
