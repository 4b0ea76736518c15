"""Opening the review page from an EHR: SMART App Launch 2, as an app whose tokens never reach the browser."""
