-- How far the clock of ages was when it was last written, and what the wall clock said then.
ALTER TABLE counter ADD COLUMN age INTEGER;
ALTER TABLE counter ADD COLUMN wall INTEGER;
