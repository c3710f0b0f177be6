"""What is read: views, their buckets, and the rankings computed from them."""
