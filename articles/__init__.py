"""What is written: articles, photos, topics, the people behind them, and how they go public."""
