"""The pages: templates, styles and no-build ES modules for the browser."""
