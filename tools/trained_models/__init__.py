"""Small Keras models trained on real data, each with the data folder that our commands take.

    python -m tools.trained_models --data FOLDER --out FOLDER [NAME ...]

`table.py` lists them; `tools.compare_engines` judges the engines on them.
"""
