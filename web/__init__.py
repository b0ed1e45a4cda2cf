"""The desk: the pages where staff compose, reviewers decide and everyone sees what goes out when. One file a screen."""
