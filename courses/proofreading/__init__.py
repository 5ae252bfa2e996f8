"""What a careful editor would ask of content/ before it is shown: files only, no database, no network."""
