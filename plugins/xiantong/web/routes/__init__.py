"""The routes, one module per kind of page. They fetch, decide what is shown, and render."""
