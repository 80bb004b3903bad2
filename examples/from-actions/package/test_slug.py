import unittest

from slug import slug


class Slugs(unittest.TestCase):
    def test_words_are_joined_by_dashes(self) -> None:
        self.assertEqual(slug("Two  words"), "two-words")

    def test_nothing_stays_nothing(self) -> None:
        self.assertEqual(slug(" "), "")


if __name__ == "__main__":
    unittest.main()
