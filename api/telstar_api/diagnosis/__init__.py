"""Why can't I watch this? Every check from the account to the player, with the verdict of playback itself."""
