"""The reporters' pages: what is due, handing in, what came back and why; the board of the county.

Routes ask business rooms and render; ``security`` is the only module here that knows Airflow.
"""
