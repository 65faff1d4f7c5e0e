"""What if the vendor changes something: kinds of change, in the document and in a service that follows it."""
