"""Documents of one article each: PDF, DOCX, RTF, Markdown with front matter."""
