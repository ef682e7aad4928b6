"""Tests of the vault and its neighbours."""
