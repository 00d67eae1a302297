-- Of a file there is one process, which has nobody to write to: this step is PostgreSQL's. Both count the same steps.
SELECT 1;
