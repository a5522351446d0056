"""The recap of a month, a week or some days: the boards' figures as a workbook and a PDF."""
