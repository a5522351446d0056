"""Example config and policy of the invented Kota Sukamaju; data only."""
