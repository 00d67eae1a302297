-- PostgreSQL has sums of its own: this step is SQLite's. Both count the same steps.
SELECT 1;
