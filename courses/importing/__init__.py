"""The course as text files: read (`reading`), judged (`checking`), put into rows (`writing`)."""
