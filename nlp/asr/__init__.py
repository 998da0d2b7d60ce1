"""From sound to attributed turns: windows of audio, engines, filters for invented text, turns."""
